/**
 * Releases of amneziawg-go beside each other: each is on PATH under a name with its version,
 * `amneziawg-go-v0.2.12`. All of them call themselves the same when asked.
 */
import type { EngineAdapter } from './engine-adapter.ts';
import { plainDaemon } from './plain-daemon.ts';

export const RELEASES = ['v0.2.12', 'v0.2.13', 'v0.2.19', 'v3.1.20260814'] as const;

export type Release = (typeof RELEASES)[number];

/** Those that `go` gets by name, so that they have to be there where nothing may be left out. */
const OBTAINABLE: ReadonlySet<Release> = new Set(['v0.2.12', 'v0.2.13', 'v0.2.19']);

export function isObtainable(release: Release): boolean {
  return OBTAINABLE.has(release);
}

export function amneziawgRelease(release: Release): EngineAdapter {
  return plainDaemon({
    name: `amneziawg-go-${release}`,
    obfuscates: true,
    socketFolder: '/var/run/amneziawg',
    args: ['--foreground'],
    env: { LOG_LEVEL: 'error' },
    configureThrough: 'uapi',
  });
}
