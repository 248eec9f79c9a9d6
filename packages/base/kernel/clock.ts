/** Milliseconds since the epoch. Injected, so that tests never sleep. */
export type Clock = () => number

export const systemClock: Clock = () => Date.now()
