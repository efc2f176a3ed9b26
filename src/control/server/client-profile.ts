/**
 * Who of a server and its clients has which AWG keys (docs/profiles.md). All share one profile; only
 * who begins a handshake sends datagrams before it, and those are the clients, each with its own.
 */
import type { AwgParameters } from '../../protocol/obfuscation/awg-parameters.ts';
import { signatureTexts, specialTexts } from '../../protocol/obfuscation/awg-parameters.ts';
import { generationOf, needs } from '../../protocol/obfuscation/needed-generation.ts';
import type { Random } from '../../protocol/random.ts';
import type { PresetRequest } from '../presets/preset.ts';
import { createSignatures } from '../presets/preset.ts';
import { requireFitting } from '../presets/wire-limits.ts';

/** Of a complete preset, what an end has that only answers. */
export function serverParameters(parameters: AwgParameters): AwgParameters {
  const { i1: _1, i2: _2, i3: _3, i4: _4, i5: _5, j1: _6, j2: _7, j3: _8, itime: _9, ...shared } = parameters;
  return shared;
}

/**
 * What a new client has: all that the server has, and datagrams of its own before each handshake. Where
 * the server's file has such datagrams, whoever wrote it gives them to all alike.
 *
 * @throws PresetError 'bad-host', 'too-large'
 */
export function clientParameters(
  server: AwgParameters,
  guise: Pick<PresetRequest, 'like' | 'host'>,
  random: Random,
): AwgParameters {
  const hasOwn = [...signatureTexts(server), ...specialTexts(server)].some((text) => text !== '');
  const isPlain = needs(server).size === 0;
  if (hasOwn || isPlain) return server;
  const parameters = { ...server, ...createSignatures({ ...guise, generation: generationOf(server) }, random) };
  requireFitting(parameters);
  return parameters;
}
