import { expect, it } from 'vitest';
import { warningHeaders } from '../../service/api/warning-headers.js';

it('gives headers that HTTP allows, and not too many', () => {
  expect(warningHeaders([])).toEqual([]);
  expect(warningHeaders([{ path: 'a', message: 'say "ü"\nor \\ …' }])).toEqual([
    '299 - "a: say \\"?\\" or \\\\ ..."',
  ]);
  const many = warningHeaders(Array.from({ length: 12 }, () => ({ path: '', message: 'x'.repeat(400) })));
  expect(many).toHaveLength(11);
  expect(many[0]).toHaveLength('299 - "..."'.length + 300);
  expect(many.at(-1)).toBe('299 - "and 2 more warnings"');
});
