/** Takes note of steps that something takes. It may throw, which ends what they are spent on. */
export type Spend = (steps: number) => void;
