import type { TrafficPluginAnswer, TrafficPluginRequest } from '../../../schemas/index.js';
import type { Json, Traffic } from '../rollout/types.js';

export type { Json, Traffic };

/** A kind of objects, as requests and watches name it. */
export interface ObjectType {
  readonly group: string;
  readonly version: string;
  /** Plural, as in paths: `virtualservices`. */
  readonly resource: string;
  readonly kind: string;
}

/** Where an object is. */
export interface ObjectRef extends ObjectType {
  readonly namespace: string;
  readonly name: string;
}

/** What a router has to be shown. Whoever watches starts with these. */
export type Need =
  | { readonly kind: 'object'; readonly ref: ObjectRef }
  | ListNeed
  /** The latest answer of a plugin. */
  | { readonly kind: 'plugin'; readonly plugin: string };

/** All objects with these labels. */
export interface ListNeed {
  readonly kind: 'list';
  readonly type: ObjectType;
  readonly namespace: string;
  /** As the API server understands it. */
  readonly labelSelector: string;
}

/** The world as it is known: undefined is what is not there. */
export interface Surroundings {
  object(ref: ObjectRef): Json | undefined;
  list(need: ListNeed): readonly Json[];
  /** What a plugin was asked last about this Rollout, since the process began. */
  answer(plugin: string): AnsweredRequest | undefined;
}

/** What a plugin was asked last, and what came of it. */
export interface AnsweredRequest {
  readonly request: TrafficPluginRequest;
  /** A text: it could not be asked, or refused, for this reason. Absent: it has not answered yet. */
  readonly answer?: TrafficPluginAnswer | string;
}

/** Requests with certain headers go to the canary. */
export type HeaderRoute = Traffic['headerRoutes'][number];
/** Copies of certain requests go to the canary. */
export type MirrorRoute = Traffic['mirrorRoutes'][number];

/** An event about the Rollout, for when a change was made. */
export interface ChangeEvent {
  readonly reason: string;
  readonly message: string;
}

/** A request that brings the world nearer to what is wanted. */
export type Change =
  | { readonly kind: 'create'; readonly ref: ObjectRef; readonly object: Json; readonly event: ChangeEvent }
  /**
   * A JSON merge patch. It names the resourceVersion that it was made from where it was known: a conflict means that the
   * object has to be looked at again.
   */
  | { readonly kind: 'patch'; readonly ref: ObjectRef; readonly patch: Json; readonly event: ChangeEvent }
  /** Only the object with this UID is meant. */
  | { readonly kind: 'delete'; readonly ref: ObjectRef; readonly uid: string; readonly event: ChangeEvent }
  /** Ask the plugin, and show next time what it was asked. */
  | {
      readonly kind: 'call';
      readonly plugin: string;
      readonly request: TrafficPluginRequest;
      readonly event: ChangeEvent;
    };
