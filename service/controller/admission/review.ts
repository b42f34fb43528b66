import { isDeepStrictEqual } from 'node:util';
import { fields, text } from '../../providers/kubernetes/index.js';
import type { Fault } from '../../../schemas/index.js';
import { readRunObject } from '../runs/run-object.js';
import { measuredPart, SPEC_CHANGE_IGNORED } from '../runs/spec-changes.js';
import { objectFaults } from './object-faults.js';

type Json = Readonly<Record<string, unknown>>;

/** What came of a review, for the log and the metrics. */
export interface Reviewed {
  readonly outcome: 'allowed' | 'refused';
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly faults: readonly Fault[];
  /** The AdmissionReview to answer with. */
  readonly answer: Json;
}

/** A warning of an answer, characters: the API server cuts off longer ones. */
const MAX_WARNING = 250;
const MAX_WARNINGS = 15;
/** A message, characters: it has to fit into an answer that a person reads. */
const MAX_MESSAGE = 8_000;

/**
 * Judges an AdmissionReview (https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers). An
 * object is refused with all of its faults, as causes that kubectl prints line by line, and in its message. What is not
 * changed refuses nothing: an object that was there before may be labelled, stopped and deleted, whatever is wrong with it;
 * its faults are warnings then. Undefined: it is no review.
 */
export function review(json: unknown): Reviewed | undefined {
  const { apiVersion, kind: envelope, request: asked } = fields(json);
  const request = fields(asked);
  const uid = text(request['uid']);
  if (envelope !== 'AdmissionReview' || uid === '') return undefined;
  const kind = text(fields(request['kind'])['kind']);
  const [namespace, name] = [text(request['namespace']), text(request['name'])];
  const object = fields(request['object']);
  const judgement = judgementOf(request);
  const found = judgement === 'none' ? undefined : objectFaults(kind, withoutStatus(object));
  const { errors = [], warnings: hints = [] } = found ?? {};
  const faults = judgement === 'refuse' ? errors : [];
  // What is probably not meant was said when it was written.
  const warnings = judgement === 'warn' ? errors : [...runNotes(kind, request), ...hints];
  const outcome = faults.length === 0 ? 'allowed' : 'refused';
  const response = {
    ...{ uid, allowed: outcome === 'allowed' },
    ...(faults.length === 0 ? {} : { status: refusal(kind, nameOf(name, object), faults) }),
    ...(warnings.length === 0 ? {} : { warnings: warnings.slice(0, MAX_WARNINGS).map(warningText) }),
  };
  const answer = { apiVersion, kind: 'AdmissionReview', response };
  return { outcome, kind, namespace, name: nameOf(name, object), faults, answer };
}

/**
 * What faults are: a refusal where the object is new, or something that was judged before it was stored is another one now; a
 * warning where all of that is as it was.
 */
function judgementOf(request: Json): 'refuse' | 'warn' | 'none' {
  const [object, before] = [fields(request['object']), fields(request['oldObject'])];
  if (text(fields(object['metadata'])['deletionTimestamp']) !== '') return 'none';
  switch (request['operation']) {
    case 'CREATE':
      return 'refuse';
    case 'UPDATE':
      return isDeepStrictEqual(judgedPart(object), judgedPart(before)) ? 'warn' : 'refuse';
    default:
      return 'none';
  }
}

/** What a change of an AnalysisRun does not do: it is measured as it was handed over. One that has ended is not measured. */
function runNotes(kind: string, request: Json): readonly Fault[] {
  if (kind !== 'AnalysisRun' || request['operation'] !== 'UPDATE') return [];
  const [before, after] = [readRunObject(request['oldObject']), readRunObject(request['object'])];
  const isIgnored =
    before.open !== undefined &&
    after.open !== undefined &&
    !isDeepStrictEqual(measuredPart(before.open.spec), measuredPart(after.open.spec));
  return isIgnored ? [{ path: 'spec', message: SPEC_CHANGE_IGNORED }] : [];
}

/** What a person changes to stop something, or to have it begin again: that must work whatever is wrong. */
const LEVERS = ['terminate', 'paused', 'restartAt'];

function judgedPart(object: Json): Json {
  const entries = Object.entries(fields(object['spec'])).filter(([name]) => !LEVERS.includes(name));
  return Object.fromEntries(entries);
}

function withoutStatus({ status: _status, ...object }: Json): Json {
  return object;
}

/** An object that is to be given a name has none in the request. */
function nameOf(name: string, object: Json): string {
  if (name !== '') return name;
  const metadata = fields(object['metadata']);
  return text(metadata['name']) || text(metadata['generateName']);
}

function refusal(kind: string, name: string, faults: readonly Fault[]): Json {
  const told = faults.map(shown).join('; ');
  const count = faults.length === 1 ? '' : `${faults.length} faults: `;
  return {
    ...{ status: 'Failure', code: 422, reason: 'Invalid' },
    message: shortened(`${kind} "${name}" is invalid: ${count}${told}`, MAX_MESSAGE),
    details: {
      ...{ group: 'argoproj.io', kind, name },
      causes: faults.map(({ path, message }) => ({
        ...{ reason: 'FieldValueInvalid', message },
        field: path === '' ? kind : path,
      })),
    },
  };
}

const shown = ({ path, message }: Fault): string => (path === '' ? message : `${path}: ${message}`);

/** A warning is a header: one line. */
const warningText = (fault: Fault): string => shortened(shown(fault).replace(/\s*\n\s*/g, ' '), MAX_WARNING);

const shortened = (message: string, most: number): string =>
  message.length <= most ? message : `${message.slice(0, most - 1)}…`;
