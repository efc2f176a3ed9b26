#!/usr/bin/env node
/** The program `awg-vpn`. */
import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { runCommandLine } from './program.ts';

const STDOUT = 1;
const STDERR = 2;

let isReaderGone = false;

/** Synchronous: nothing is lost when the process ends right after. A reader that has gone away is no reason to fail. */
function writeAll(descriptor: number, text: string): void {
  for (let rest = Buffer.from(text); rest.length > 0; ) rest = rest.subarray(writeSome(descriptor, rest));
}

/** Bytes taken care of; none when a slow reader's pipe is full. */
function writeSome(descriptor: number, bytes: Uint8Array): number {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN') return 0;
    // There is nobody left to whom it could be said that a complaint does not fit on the disk.
    if (code === 'EPIPE' && descriptor === STDOUT) isReaderGone = true;
    if (code === 'EPIPE' || descriptor === STDERR) return bytes.length;
    throw error;
  }
}

process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: (text) => writeAll(STDOUT, text),
  stdoutIsGone: () => isReaderGone,
  stderr: (text) => writeAll(STDERR, text),
  stderrDescriptor: STDERR,
  stderrIsTerminal: isatty(STDERR),
  environment: process.env,
  isTerminal: process.stdout.isTTY,
});
