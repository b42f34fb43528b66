import type { Scene } from './scene.js';

/** Names of the Services of the two versions; empty: there is none. Of two that take turns the status tells which is which. */
export function versionServices({ canary, status }: Scene): {
  readonly stable: string;
  readonly canary: string;
} {
  const { stableService = '', canaryService = '', pingPong } = canary ?? {};
  if (pingPong === undefined) return { stable: stableService, canary: canaryService };
  const { pingService: ping, pongService: pong } = pingPong;
  return status.canary?.stablePingPong === 'ping'
    ? { stable: ping, canary: pong }
    : { stable: pong, canary: ping };
}
