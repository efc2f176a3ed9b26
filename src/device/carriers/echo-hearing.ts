/** Hearing the answers to echo requests that went out through the tunnel; `EchoListener` is one on Linux. */
import type { EchoMark } from '../../platform/linux/icmp-echo.ts';
import type { AddressFamily } from '../routing-plan.ts';

export type EchoHearing = (family: AddressFamily, onAnswer: (mark: EchoMark) => void) => { close(): void };
