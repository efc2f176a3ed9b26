/** A client's file on its way to the client: as it is, as a QR code, as a link. */
import { Option } from 'commander';
import { CodecError } from '../../control/codec/codec-error.ts';
import type { ReadConfig } from '../../control/convert-config.ts';
import { readConfigForm, writeConfigForm } from '../../control/convert-config.ts';
import type { CliContext } from '../command.ts';
import { reportTo } from '../config-source.ts';
import { warnWhenExposed } from '../key-text.ts';
import { qrCodes, showCodes } from '../qr/qr-codes.ts';

const CLIENT_FORMATS = ['all', 'conf', 'qr', 'link'] as const;
export type ClientFormat = (typeof CLIENT_FORMATS)[number];

export function formatOption(): Option {
  return new Option('--format <form>', 'what to print of the client').choices(CLIENT_FORMATS);
}

/** @param name of the client, for messages */
export function readClientText(text: string, name: string, context: CliContext): ReadConfig {
  return readConfigForm('conf', text, `${name}.conf`, reportTo(context));
}

/** @param title what AmneziaVPN calls the connection */
export function printClient(client: ReadConfig, title: string, format: ClientFormat, context: CliContext): void {
  warnWhenExposed(context);
  if (format === 'conf' || format === 'all') context.stdout(client.text);
  if (format === 'all') context.stdout('\n');
  if (format === 'qr' || format === 'all') showCode(client, title, context);
  if (format === 'all') context.stdout('\n');
  if (format === 'link' || format === 'all') context.stdout(linkText(client, title, context));
}

export function linkText(client: ReadConfig, title: string, context: CliContext): string {
  return writeConfigForm('link', client, reportTo(context), { name: title });
}

/** One code that every app reads, or where the file is too long for one, the series of AmneziaVPN. */
function showCode(client: ReadConfig, title: string, context: CliContext): void {
  try {
    showCodes(qrCodes(client, 'wireguard', title), false, context);
  } catch (error) {
    if (!(error instanceof CodecError) || error.code !== 'qr-too-long') throw error;
    context.stderr(
      'awg-vpn: too long for one QR code: these are for AmneziaVPN, the other apps take the file or the link\n',
    );
    showCodes(qrCodes(client, 'amneziavpn', title), false, context);
  }
}
