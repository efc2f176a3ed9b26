/** Writing what a tunnel has become into its file. Readers see the old file or the new one. */
import { readFileSync } from 'node:fs';
import type { Device } from '../../device/device.ts';
import { openError } from '../config/file.ts';
import { writeSecretFile } from '../config/secret-file.ts';
import type { RunningTunnel } from './saved-config.ts';
import { savedConfig } from './saved-config.ts';

/** @throws ConfigError, SerialiseError, or why the file cannot be written; then it is as it was */
export function saveTunnel(file: string, running: RunningTunnel): void {
  const text = readText(file);
  const saved = savedConfig(text, file, running);
  if (saved !== text) writeSecretFile(file, saved);
}

export function runningTunnel(device: Pick<Device, 'configuration' | 'addresses' | 'info'>): RunningTunnel {
  return { configuration: device.configuration(), addresses: device.addresses(), mtu: device.info.mtu };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw openError(file, error as NodeJS.ErrnoException);
  }
}
