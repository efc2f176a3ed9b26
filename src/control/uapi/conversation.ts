/**
 * What one client of a configuration socket says and hears (protocol facts 4.2): `get=1` or `set=1`, lines,
 * an empty line; then the answer, which ends with `errno=` and an empty line; then perhaps the next one.
 */
import type { Socket } from 'node:net';
import type { DeviceErrorCode } from '../../device/device-error.ts';
import { DeviceError } from '../../device/device-error.ts';
import type { DeviceChange, DeviceConfiguration } from '../../device/live/device-change.ts';
import { getAnswer } from './get-answer.ts';
import { LineSource } from './line-source.ts';
import { SetOperation } from './set-operation.ts';
import type { UapiErrorCode } from './uapi-error.ts';
import { UapiError } from './uapi-error.ts';

/** A `Device`, or whatever else can be asked and told. */
export interface UapiTarget {
  configuration(): DeviceConfiguration;
  /** Whole or not at all; rejects with a DeviceError. The function is asked when it is this change's turn. */
  configure(change: (running: DeviceConfiguration) => DeviceChange): Promise<void>;
}

/** 65536 peers with a few allowed IPs each take less; what is longer is refused. */
export const MAX_OPERATION_BYTES = 64 * 1024 * 1024;

/** @param onRefusal hears why an operation failed: the client gets a number only. No secret is in it */
export async function converse(socket: Socket, target: UapiTarget, onRefusal: (reason: string) => void): Promise<void> {
  const lines = new LineSource(socket);
  try {
    for (;;) {
      const isOver = await answerOne(lines, socket, target, onRefusal);
      if (isOver) break;
    }
    socket.end();
  } catch (error) {
    // As a rule the client has gone. Otherwise the fault is ours, and has to be seen.
    if (!socket.destroyed) onRefusal(`a configuration socket was closed: ${String(error)}`);
    socket.destroy();
  }
}

/** @returns whether the conversation is over */
async function answerOne(
  lines: LineSource,
  socket: Socket,
  target: UapiTarget,
  onRefusal: (reason: string) => void,
): Promise<boolean> {
  const operation = await lines.next();
  if (operation !== 'get=1' && operation !== 'set=1') return true;
  const outcome = await attempt(() => (operation === 'get=1' ? answerGet(lines, target) : carryOutSet(lines, target)));
  if (outcome instanceof UapiError) onRefusal(`refused on the configuration socket: ${outcome.message}`);
  const [text, errno] = outcome instanceof UapiError ? ['', outcome.errno] : [outcome, 0];
  if (!socket.write(`${text}errno=${errno}\n\n`)) await drained(socket);
  return outcome instanceof UapiError && outcome.endsConversation;
}

async function answerGet(lines: LineSource, target: UapiTarget): Promise<string> {
  const rest = await lines.next();
  if (rest === undefined) throw new UapiError('cut-off', 'the connection ended within an operation');
  if (rest !== '') throw new UapiError('out-of-step', '"get=1" is not followed by an empty line');
  return getAnswer(target.configuration());
}

/** Read to its end also where it is wrong already, so that its client can write it and hear the answer. */
async function carryOutSet(lines: LineSource, target: UapiTarget): Promise<string> {
  const operation = new SetOperation();
  let wrong: UapiError | undefined;
  let bytes = 0;
  for (let line = await lines.next(); line !== undefined && line !== ''; line = await lines.next()) {
    bytes += line.length;
    if (bytes > MAX_OPERATION_BYTES)
      throw new UapiError('too-long', `an operation is longer than ${MAX_OPERATION_BYTES} bytes`);
    wrong ??= refusal(operation, line);
  }
  if (wrong !== undefined) throw wrong;
  await target
    .configure((running) => operation.changeOf(running))
    .catch((error: unknown) => {
      throw asUapiError(error);
    });
  return '';
}

function refusal(operation: SetOperation, line: string): UapiError | undefined {
  try {
    operation.line(line);
    return undefined;
  } catch (error) {
    if (error instanceof UapiError) return error;
    throw error;
  }
}

/** @throws what the stream throws */
async function attempt(action: () => Promise<string>): Promise<string | UapiError> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof UapiError) return error;
    throw error;
  }
}

function asUapiError(error: unknown): UapiError {
  const message = error instanceof Error ? error.message : String(error);
  return new UapiError(error instanceof DeviceError ? UAPI_CODES[error.code] : 'other', message, { cause: error });
}

const UAPI_CODES: Readonly<Record<DeviceErrorCode, UapiErrorCode>> = {
  'bad-key': 'invalid',
  'bad-port': 'invalid',
  'bad-fwmark': 'invalid',
  'bad-parameters': 'invalid',
  'bad-endpoint': 'invalid',
  'bad-prefix': 'invalid',
  'bad-keepalive': 'invalid',
  'too-many-peers': 'invalid',
  'listen-port': 'port',
  fwmark: 'port',
  network: 'system',
  closed: 'system',
  'needs-restart': 'other',
};

/** Until then nothing more is read. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      socket.off('drain', settle);
      socket.off('close', settle);
      if (socket.destroyed) reject(new Error('the client has gone'));
      else resolve();
    };
    socket.on('drain', settle);
    socket.on('close', settle);
  });
}
