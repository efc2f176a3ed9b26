/** The text of the control socket's operations, read as a configuration and written again. */
import { readUapi } from '../../../src/control/codec/uapi-reader.ts';
import { toUapi } from '../../../src/control/codec/uapi-writer.ts';
import { writeConfig } from '../../../src/control/codec/write-config.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';
import { configTyped, textOf } from './support.ts';

const KEY = Buffer.alloc(32, 3).toString('hex');
const ignore = (): void => undefined;

export const target: FuzzTarget = {
  seeds: [
    `set=1\nprivate_key=${KEY}\nlisten_port=7\nfwmark=0\nreplace_peers=true\njc=4\nh1=1-2\ni1=<b 0x00>\n\n`,
    `public_key=${KEY}\npreshared_key=${KEY}\nendpoint=[::1]:7\npersistent_keepalive_interval=25\nreplace_allowed_ips=true\nallowed_ip=10.0.0.0/8\nallowed_ip=::/0\n\n`,
    `private_key=${KEY}\npublic_key=${KEY}\nlast_handshake_time_sec=1\nrx_bytes=5\nerrno=0\n\n`,
  ],
  words: ['\n', '=', 'public_key=', 'allowed_ip=', KEY],
  probe: (input) => {
    const model = configTyped(() => readUapi(textOf(input), 'fuzz', ignore));
    if (model === undefined) return;
    configTyped(() => writeConfig(model));
    const written = configTyped(() => toUapi(model, 'fuzz', ignore));
    if (written === undefined) return;
    const again = configTyped(() => toUapi(readUapi(written, 'fuzz', ignore), 'fuzz', ignore));
    promise(again === written, `the operation written is not read back: ${written} became ${again}`);
  },
};
