import { describe, expect, it } from 'vitest';
import { createEgressPolicy } from '../../service/providers/http/egress.js';

describe('the egress policy', () => {
  const open = createEgressPolicy({ loopback: true });

  it.each([
    '169.254.169.254',
    '169.254.0.1',
    'fe80::1',
    'fd00:ec2::254',
    'fd00:ec2::23',
    '169.254.170.23',
    '100.100.100.200',
    '192.0.0.192',
    'fd20:ce::254',
    '168.63.129.16',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '::169.254.169.254',
    '2001:0:0:0:0:0:5601:5601',
  ])('never lets %s be reached, whatever is configured', (address) => {
    const generous = createEgressPolicy({ loopback: true, allow: ['0.0.0.0/0', '::/0', 'public'] });
    expect(open.forbids(address)).toMatch(/^always denied: /);
    expect(generous.forbids(address)).toMatch(/^always denied: /);
  });

  it.each(['10.1.2.3', '192.168.0.1', '8.8.8.8', '2606:4700::1111', '127.0.0.1', '::1'])(
    'lets %s be reached when nothing is configured and nobody else can send specs',
    (address) => {
      expect(open.forbids(address)).toBeUndefined();
    },
  );

  it.each(['127.0.0.1', '127.9.9.9', '::1', '0.0.0.0', '::', '::ffff:127.0.0.1', '64:ff9b::7f00:1'])(
    'denies loopback (%s) once requests are authenticated',
    (address) => {
      expect(createEgressPolicy({ loopback: false }).forbids(address)).toBe('loopback');
    },
  );

  it('adds what is configured as denied, in IPv4-mapped spelling too', () => {
    const policy = createEgressPolicy({ loopback: true, deny: ['10.0.0.0/8', 'fd12::/16'] });
    expect(policy.forbids('10.1.2.3')).toBe('denied: 10.0.0.0/8');
    expect(policy.forbids('::ffff:10.1.2.3')).toBe('denied: 10.0.0.0/8');
    expect(policy.forbids('fd12::5')).toBe('denied: fd12::/16');
    expect(policy.forbids('11.1.2.3')).toBeUndefined();
  });

  it.each([
    ['::ffff:10.0.0.0/104', '10.1.2.3', '11.1.2.3'],
    ['::ffff:a00:0/104', '::ffff:10.1.2.3', '::ffff:11.1.2.3'],
    ['::ffff:10.1.2.3/128', '10.1.2.3', '10.1.2.4'],
    ['::ffff:10.1.2.3/128', '64:ff9b::a01:203', '64:ff9b::a01:204'],
    ['::ffff:0:0/96', '10.1.2.3', 'fd00::1'],
    ['::ffff:0:0/90', '10.1.2.3', 'fd00::1'],
    ['::ffff:0:0/90', '::fff0:0:1', 'fd00::1'],
    ['::/0', 'fd00::1', '10.1.2.3'],
    // What begins with `::` and is not mapped is IPv6 only, unless an IPv4 address is written in it as such.
    ['::/8', '::1', '10.1.2.3'],
    ['::/96', '::a01:203', '10.1.2.3'],
    ['::1/128', '::1', '127.0.0.1'],
    ['::a00:0/104', '::a01:203', '10.1.2.3'],
    ['::10.0.0.0/104', '10.1.2.3', '11.1.2.3'],
    ['::ffff:0:10.0.0.0/104', '::ffff:0:a01:203', '10.1.2.3'],
  ])(
    'takes %s, in a list of either kind, for what it says: it has %s and not %s',
    (cidr, inside, outside) => {
      const denying = createEgressPolicy({ loopback: true, deny: [cidr] });
      expect(denying.forbids(inside)).toBe(`denied: ${cidr}`);
      expect(denying.forbids(outside)).toBeUndefined();
      const allowing = createEgressPolicy({ loopback: true, allow: [cidr] });
      expect(allowing.forbids(outside)).toBe('not in the allow list');
      if (!inside.startsWith('64:')) expect(allowing.forbids(inside)).toBeUndefined();
    },
  );

  it.each([
    ['::ffff:0:a00:1', 'SIIT'],
    ['::a00:1', 'compatible with IPv4'],
    ['64:ff9b::a00:1', 'the well-known NAT64 prefix'],
    ['64:ff9b:1:a00:0:100::', 'NAT64 behind 48 bits'],
    ['64:ff9b:1:a:0:1::', 'NAT64 behind 56 bits'],
    ['64:ff9b:1:1:a:0:100:0', 'NAT64 behind 64 bits'],
    ['64:ff9b:1::a00:1', 'NAT64 behind 96 bits'],
    ['2001:db8::5efe:a00:1', 'ISATAP'],
    ['2001:db8::200:5efe:a00:1', 'ISATAP of the whole world'],
  ])('judges %s by the IPv4 address in it (%s)', (address) => {
    const policy = createEgressPolicy({ loopback: true, deny: ['10.0.0.1/32'] });
    expect(policy.forbids(address)).toBe('denied: 10.0.0.1/32');
    expect(createEgressPolicy({ loopback: true, deny: ['10.9.0.0/16'] }).forbids(address)).toBeUndefined();
  });

  it.each([
    ['0.0.0.0', '127.0.0.0/8'],
    ['::ffff:0.0.0.0', '127.0.0.0/8'],
    ['::', '::1/128'],
  ])('judges %s by where a connection to it ends, which is this machine', (address, cidr) => {
    expect(createEgressPolicy({ loopback: true, deny: [cidr] }).forbids(address)).toBe(`denied: ${cidr}`);
    expect(open.forbids(address)).toBeUndefined();
  });

  it('takes no part of an address behind a prefix of a network’s own for loopback', () => {
    const policy = createEgressPolicy({ loopback: false });
    expect(policy.forbids('64:ff9b:1::808:808')).toBeUndefined();
    expect(policy.forbids('64:ff9b:1::7f00:1')).toBe('loopback');
  });

  it('lets only listed addresses be reached when there is an allow list', () => {
    const policy = createEgressPolicy({ loopback: false, allow: ['10.0.0.0/8', '127.0.0.1/32'] });
    expect(policy.forbids('10.1.2.3')).toBeUndefined();
    expect(policy.forbids('127.0.0.1')).toBeUndefined();
    expect(policy.forbids('8.8.8.8')).toBe('not in the allow list');
    expect(policy.forbids('192.168.0.1')).toBe('not in the allow list');
  });

  it('understands "public" as all public addresses and no others', () => {
    const policy = createEgressPolicy({ loopback: false, allow: ['public'] });
    expect(policy.forbids('8.8.8.8')).toBeUndefined();
    expect(policy.forbids('2606:4700::1111')).toBeUndefined();
    for (const address of [
      ...['10.0.0.1', '127.0.0.1', '100.64.0.1', '192.168.1.1', 'fd00::1', '::1'],
      ...['::10.0.0.1', '::ffff:10.0.0.1', '64:ff9b::a00:1', '2002:a00:1::1', '64:ff9b:1::a00:1'],
    ]) {
      expect(policy.forbids(address)).toBe('not in the allow list');
    }
  });

  it('prefers deny over allow', () => {
    const policy = createEgressPolicy({ loopback: false, allow: ['10.0.0.0/8'], deny: ['10.9.0.0/16'] });
    expect(policy.forbids('10.9.1.1')).toBe('denied: 10.9.0.0/16');
  });

  it('forbids what is no address', () => {
    expect(open.forbids('localhost')).toBe('not an address');
  });
});
