import type { Request, Response } from 'express';
import type { Log } from '../../platform/index.js';
import type { ApiOperation } from './operations.js';

/** Characters of an id or namespace that a line has: callers choose them. */
const MAX_LENGTH = 256;

/** What is known of a change when its answer is on its way. */
export interface AuditedChange {
  readonly operation: ApiOperation | undefined;
  /** Id of the caller; undefined: it is not known who asked. */
  who?: string;
  run?: string;
  namespace?: string;
}

/** Writes the audit log: a line for each change that was asked for, also for those that were refused. */
export interface Audit {
  /** Has the line written when the request is over, with what `change` holds then. */
  follow(request: Request, response: Response, change: AuditedChange): void;
}

/**
 * The audit log is part of the log: lines with `audit: true`, whatever the level of the log. They say who asked, by which
 * address, for which change of which run and namespace, and how it was answered; never what was in the request.
 */
export function createAudit(log: Log): Audit {
  const lines = log.child({ audit: true }, log.level === 'silent' ? {} : { level: 'info' });
  return {
    follow(request, response, change) {
      // The path as it came: routers cut it while they look for a handler.
      const { method, originalUrl, ip } = request;
      response.once('close', () => {
        const { operation, who = null, run, namespace } = change;
        const status = response.headersSent ? response.statusCode : null;
        lines.info(
          {
            ...{ who, from: ip === undefined ? null : shortened(ip), action: operation?.id ?? null },
            ...(operation === undefined ? { method, path: shortened(pathOf(originalUrl)) } : {}),
            ...(run === undefined ? {} : { run: shortened(run) }),
            ...(namespace === undefined ? {} : { namespace: shortened(namespace) }),
            ...{ status, outcome: outcomeOf(status) },
          },
          'a change was asked for',
        );
      });
    },
  };
}

/** `unknown`: nobody was there any more to be answered; the change may have been made. */
function outcomeOf(status: number | null): 'done' | 'refused' | 'failed' | 'unknown' {
  if (status === null) return 'unknown';
  if (status < 400) return 'done';
  return status < 500 ? 'refused' : 'failed';
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';
/** A text that callers choose, as a line of the log has it. */
export const shortened = (text: string): string =>
  text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
