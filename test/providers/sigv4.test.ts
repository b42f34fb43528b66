import { describe, expect, it } from 'vitest';
import { environmentCredentials } from '../../service/providers/auth/aws-credentials.js';
import { signAws } from '../../service/providers/auth/sigv4.js';

const scope = {
  region: 'us-east-1',
  service: 'service',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
  nowMs: Date.parse('2015-08-30T12:36:00Z'),
};

describe('an AWS signature', () => {
  it.each([
    ['get-vanilla', 'GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['post-vanilla', 'POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'get-vanilla-query-order-key-case',
      'GET',
      '/?Param2=value2&Param1=value1',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
  ])("is the one of AWS' published example %s", (_name, method, path, signature) => {
    const url = new URL(path, 'https://example.amazonaws.com');
    expect(signAws({ method, url, headers: {}, body: '' }, scope)).toEqual({
      'X-Amz-Date': '20150830T123600Z',
      Authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    });
  });

  it('covers the token of temporary credentials, and sends it', () => {
    const credentials = { ...scope.credentials, sessionToken: 'session' };
    const url = new URL('https://example.amazonaws.com/');
    const signed = signAws({ method: 'GET', url, headers: {}, body: '' }, { ...scope, credentials });
    expect(signed['X-Amz-Security-Token']).toBe('session');
    expect(signed['Authorization']).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token,');
  });

  it('changes with the body', () => {
    const url = new URL('https://example.amazonaws.com/');
    const [one, two] = ['a', 'b'].map((body) => signAws({ method: 'POST', url, headers: {}, body }, scope));
    expect(one?.['Authorization']).not.toBe(two?.['Authorization']);
  });
});

const WHO = { region: 'us-east-1' };

describe('AWS credentials of the environment', () => {
  it('are never given for a profile or a role that was asked for', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
    await expect(environmentCredentials(env)({ ...WHO, profile: 'other' })).rejects.toThrow('no profiles');
    await expect(environmentCredentials(env)({ ...WHO, roleArn: 'arn' })).rejects.toThrow('no roles');
  });

  it('need both the id and the secret', async () => {
    const both = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
    expect(await environmentCredentials(both)(WHO)).toEqual({ accessKeyId: 'id', secretAccessKey: 'secret' });
    expect(await environmentCredentials({ AWS_ACCESS_KEY_ID: 'id' })(WHO)).toBeUndefined();
    expect(await environmentCredentials({})(WHO)).toBeUndefined();
  });

  it('have the older names and a session token too', async () => {
    const env = { AWS_ACCESS_KEY: 'id', AWS_SECRET_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };
    expect(await environmentCredentials(env)(WHO)).toEqual({
      accessKeyId: 'id',
      secretAccessKey: 'secret',
      sessionToken: 'token',
    });
  });
});
