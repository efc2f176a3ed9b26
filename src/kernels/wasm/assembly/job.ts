/** One packet to seal or open; `JOB` in `../../kernel.ts` describes it. */
export const JOB_SOURCE: usize = 0;
export const JOB_TARGET: usize = 4;
export const JOB_LENGTH: usize = 8;
export const JOB_STATUS: usize = 12;
export const JOB_COUNTER: usize = 16;
export const JOB_USER: usize = 24;
export const JOB_BYTES: usize = 32;
