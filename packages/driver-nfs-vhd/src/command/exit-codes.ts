/** What the process ends with. */
export const EXIT = {
  done: 0,
  /** The check found damage, or the repair left some. */
  damaged: 1,
  usage: 2,
  /** The file is no VHD, or not one that the command can work with. */
  unfit: 3,
  /** The operating system refused: no such file, no room, no permission. */
  system: 4,
  interrupted: 130,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
