import { expect, it } from 'vitest';
import { connectionFaults } from '../../service/engine/redis/connection-faults.js';
import { createLog } from '../../service/platform/index.js';

it('what every queue meets at once is told once a second, with its reason and no stack', () => {
  const logged: Record<string, unknown>[] = [];
  const log = createLog({
    level: 'info',
    destination: { write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>) },
  });
  let now = 0;
  const { tell } = connectionFaults({ log, nowMs: () => now });
  const full = new Error(
    "OOM command not allowed when used memory > 'maxmemory'. script: d96ca6, on @user_script:217.",
  );
  const away = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), { code: 'ECONNREFUSED' });
  for (let queue = 0; queue < 11; queue += 1) tell(full);
  tell(new Error('LOADING Redis is loading the dataset in memory'));
  tell(away);
  now = 1_000;
  tell(full);
  tell(away);
  tell(new TypeError('a fault of the program'));
  const shown = logged.map(({ msg, reason, repeated, err }) => ({
    msg,
    reason,
    repeated,
    err: err !== undefined,
  }));
  const refused = { msg: 'Redis refuses what it is asked for', err: false };
  const lost = { msg: 'redis connection error', err: false };
  expect(shown).toEqual([
    { ...refused, reason: 'Redis is full (maxmemory)', repeated: undefined },
    { ...refused, reason: 'Redis is reading its data', repeated: undefined },
    { ...lost, reason: `Redis can not be reached: ${away.message}`, repeated: undefined },
    { ...refused, reason: 'Redis is full (maxmemory)', repeated: 10 },
    { ...lost, reason: `Redis can not be reached: ${away.message}`, repeated: undefined },
    { msg: 'queue error', reason: undefined, repeated: undefined, err: true },
  ]);
});
