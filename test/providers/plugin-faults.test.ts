import { describe, expect, it } from 'vitest';
import { modulePlugins } from './module-plugins.js';

const { start, take } = modulePlugins();

describe('a module plugin', () => {
  it('that never answers loses its call in time, and goes on', async () => {
    await start(`measure: ({hang}) => hang ? new Promise(() => {}) : {kind: "value", value: 1}`, '300ms');
    const hanging = take({ hang: true });
    expect(await take({})).toMatchObject({ phase: 'Successful' });
    expect(await hanging).toMatchObject({
      phase: 'Error',
      message: 'failed to run via plugin: the plugin gave no answer within 300 ms',
    });
    expect(await take({})).toMatchObject({ phase: 'Successful' });
  });

  it('in an endless loop is ended and started anew, and this process goes on all the while', async () => {
    await start(
      `n: 0, measure({loop}) { this.n++; while (loop) {} return {kind: "value", value: this.n} }`,
      '300ms',
    );
    expect(await take({})).toMatchObject({ value: '1' });
    const looping = take({ loop: true });
    const behind = take({});
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 10);
    expect((await looping).message).toBe('failed to run via plugin: the plugin gave no answer within 300 ms');
    expect((await behind).phase).toBe('Error');
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(5);
    await expect.poll(async () => (await take({})).value, { timeout: 10_000 }).toBe('1');
  });

  it.each([
    ['setTimeout(() => { throw new Error("oops"); })', 'it ended: oops'],
    ['void Promise.reject(new Error("later"))', 'it ended: later'],
    ['process.exit(3)', 'it ended itself with code 3'],
    ['process.abort()', 'it was ended by SIGABRT, as when its objects take more than 256 MiB'],
    [
      'process.kill(process.pid, "SIGKILL")',
      'it was ended by SIGKILL, as when its process takes more than 768 MiB',
    ],
    ['process.disconnect()', 'it ended itself with code 0'],
  ])('that does %s takes nothing with it', async (fault, message) => {
    await start(
      `measure({bad}) { if (bad) { ${fault}; return new Promise(() => {}); } return {kind: "value", value: 1} }`,
    );
    expect(await take({ bad: true })).toMatchObject({
      phase: 'Error',
      message: `failed to run via plugin: the plugin gave no answer: ${message}`,
    });
    expect(await take({})).toMatchObject({ phase: 'Successful' });
  });

  it.each(['null', '7', '{}', '{type: "new"}', '{type: "result", id: 1}', '{type: "ask", call: 1, ask: 1}'])(
    'that writes %s to its channel is an Error, and is started anew',
    async (message) => {
      await start(
        `n: 0, async measure({bad}) {
          this.n++;
          if (!bad) return {kind: "value", value: this.n};
          process.send(${message});
          return new Promise(() => {});
        }`,
      );
      expect(await take({})).toMatchObject({ value: '1' });
      expect(await take({ bad: true })).toMatchObject({
        phase: 'Error',
        message:
          'failed to run via plugin: the plugin gave no answer: it sent a message that Assay does not know',
      });
      expect(await take({})).toMatchObject({ value: '1' });
    },
  );

  it('that writes too large an answer to its channel is an Error', async () => {
    await start(`
      measure: async () => {
        process.send({type: "result", id: 1, json: JSON.stringify({kind: "value", value: "x".repeat(11e6)})});
        return new Promise(() => {});
      }
    `);
    expect(await take({})).toMatchObject({
      phase: 'Error',
      message: 'failed to run via plugin: the answer is larger than 10 MiB',
    });
  });

  it.each([
    ['throw new Error("x".repeat(50e6))', ''],
    [
      'setTimeout(() => { throw new Error("x".repeat(50e6)); }); await new Promise(() => {})',
      'the plugin gave no answer: it ended: ',
    ],
  ])('that does %s has the beginning of its text in the message', async (fault, words) => {
    await start(`async measure() { ${fault} }`);
    expect((await take({})).message).toBe(`failed to run via plugin: ${words}${'x'.repeat(300)}…`);
  });

  it.each([
    [
      'const all = []; for (;;) all.push(new Array(1e6).fill(Math.random()))',
      'SIGABRT, as when its objects take more than 256 MiB',
    ],
    [
      'const all = new Array(1e8).fill({}).map(() => ({a: [1]}))',
      'SIGABRT, as when its objects take more than 256 MiB',
    ],
    [
      'const all = []; for (;;) all.push(Buffer.alloc(5e7, 1))',
      'SIGKILL, as when its process takes more than 768 MiB',
    ],
  ])(
    'that takes memory by %s is ended alone, and started anew',
    async (greed, message) => {
      await start(
        `measure({bad}) { if (bad) { ${greed}; return all; } return {kind: "value", value: 1} }`,
        '60s',
      );
      expect(await take({ bad: true })).toMatchObject({
        phase: 'Error',
        message: `failed to run via plugin: the plugin gave no answer: it was ended by ${message}`,
      });
      expect(await take({})).toMatchObject({ phase: 'Successful' });
    },
    60_000,
  );
});
