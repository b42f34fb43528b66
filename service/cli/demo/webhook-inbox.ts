import type { IncomingMessage } from 'node:http';
import { Ajv2020 } from 'ajv/dist/2020.js';
import {
  type MeasurementEvent,
  MeasurementEventSchema,
  type VerdictEvent,
  VerdictEventSchema,
  type WebhookEvent,
} from '../../../schemas/index.js';
import type { Clock } from '../../platform/index.js';
import { readBody, serveLoopback } from './loopback.js';
import { signatureFault } from './signature.js';

/** A place where the webhooks of one run arrive. */
export interface Mailbox {
  /** The URL of the callback. */
  readonly url: string;
  /** Nothing is handed on any more. */
  close(): void;
}

/** Receives webhooks, as whoever shifts the traffic would. */
export interface WebhookInbox {
  /** Hands on what arrives at the mailbox, each event once. */
  open(onEvent: (event: WebhookEvent) => void): Mailbox;
  /** Why webhooks were not believed, oldest first. */
  readonly refused: readonly string[];
  /** Ends the server. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 1024 * 1024;

/** Listens on a free port of loopback and believes only what is signed with the secret. */
export async function startInbox(secret: string, clock: Clock): Promise<WebhookInbox> {
  const mailboxes = new Map<string, (event: WebhookEvent) => void>();
  const refused: string[] = [];
  const seen = new Set<string>();
  let opened = 0;

  const refuse = (status: number, why: string): number => {
    refused.push(why);
    return status;
  };
  const receive = async (request: IncomingMessage): Promise<number> => {
    const body = await readBody(request, MAX_BODY_BYTES);
    const fault = signatureFault(body, request.headers, secret, clock.nowMs());
    if (fault !== undefined) return refuse(401, fault);
    const event = parseEvent(body.toString('utf8'));
    if (event === undefined) return refuse(400, 'the body is not an event of Assay');
    // Webhooks arrive at least once; the id tells those that were here before.
    if (!seen.has(event.id)) mailboxes.get(request.url ?? '')?.(event);
    seen.add(event.id);
    return 204;
  };
  const server = await serveLoopback((request, response) => {
    receive(request)
      .catch((error: unknown) => refuse(400, String(error)))
      .then((status) => response.writeHead(status).end(), response.destroy.bind(response));
  });
  return {
    refused,
    open(onEvent) {
      opened++;
      const path = `/webhooks/${opened}`;
      mailboxes.set(path, onEvent);
      return { url: `${server.url}${path}`, close: () => void mailboxes.delete(path) };
    },
    close: () => server.close(),
  };
}

const ajv = new Ajv2020({ validateFormats: false });
const isVerdictEvent = ajv.compile<VerdictEvent>(VerdictEventSchema);
const isMeasurementEvent = ajv.compile<MeasurementEvent>(MeasurementEventSchema);

function parseEvent(text: string): WebhookEvent | undefined {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isVerdictEvent(event) || isMeasurementEvent(event) ? event : undefined;
}
