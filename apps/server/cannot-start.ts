/** The surroundings do not allow a start. The message is one sentence for whoever typed the command. */
export class CannotStart extends Error {}
