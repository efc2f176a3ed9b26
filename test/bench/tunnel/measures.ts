/** What the tunnel section measures of each engine: the columns of its tables. */
import type { Measure } from '../results/figure.ts';

const gigabits = (name: string): Measure => ({ name, unit: 'Gbit/s', better: 'higher', floor: 0.02 });
const milliseconds = (name: string): Measure => ({ name, unit: 'ms', better: 'lower', floor: 0.02 });
const megabytes = (name: string): Measure => ({ name, unit: 'MB', better: 'lower', floor: 2 });

export const ONE_STREAM = gigabits('1 stream');
export const FOUR_STREAMS = gigabits('4 streams');
/** Both directions together. */
export const BOTH_WAYS = gigabits('both ways');
/** Of both ends, for each gigabyte that one stream moved. */
export const CPU_PER_GIGABYTE: Measure = { name: 'CPU per GB', unit: 's', better: 'lower', floor: 0.05 };

export const UDP_SMALL: Measure = { name: '64 B', unit: 'packets/s', better: 'higher', floor: 500 };
export const UDP_LARGE: Measure = { name: '1200 B', unit: 'packets/s', better: 'higher', floor: 500 };

export const IDLE_PING = milliseconds('idle p50');
export const IDLE_PING_P99 = milliseconds('idle p99');
export const LOADED_PING = milliseconds('loaded p50');
export const LOADED_PING_P99 = milliseconds('loaded p99');

/** The larger of both ends. */
export const IDLE_MEMORY = megabytes('RSS idle');
export const PEAK_MEMORY = megabytes('RSS peak');
/** Of one core, both ends together. */
export const IDLE_CPU: Measure = { name: 'idle CPU', unit: '% of a core', better: 'lower', floor: 0.1 };
