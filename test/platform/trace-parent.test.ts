import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTraceParent, writeTraceParent } from '../../service/platform/tracing/trace-parent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('the traceparent header', () => {
  it('names a place in a trace', () => {
    expect(readTraceParent(`00-${TRACE}-${SPAN}-01`)).toEqual({ traceId: TRACE, spanId: SPAN, flags: 1 });
    expect(readTraceParent(` 00-${TRACE}-${SPAN}-00 `)).toMatchObject({ flags: 0 });
  });

  it('may be of a later version with more fields', () => {
    expect(readTraceParent(`01-${TRACE}-${SPAN}-01-more`)).toMatchObject({ traceId: TRACE });
    expect(readTraceParent(`00-${TRACE}-${SPAN}-01-more`)).toBeUndefined();
  });

  it.each([
    undefined,
    '',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01\r\nx: y`,
    `01-${TRACE}-${SPAN}-01-\u0007`,
    `01-${TRACE}-${SPAN}-01-ü`,
  ])('is ignored when it is none: %j', (text) => {
    expect(readTraceParent(text)).toBeUndefined();
  });

  it('is read as it was written', () => {
    const id = (length: number) =>
      fc
        .uint8Array({ minLength: length, maxLength: length })
        .map((bytes) => Buffer.from(bytes).toString('hex'))
        .filter((text) => /[^0]/.test(text));
    fc.assert(
      fc.property(id(16), id(8), fc.constantFrom(0, 1), (traceId, spanId, flags) => {
        const place = { traceId, spanId, flags };
        expect(readTraceParent(writeTraceParent(place))).toEqual(place);
      }),
    );
  });
});
