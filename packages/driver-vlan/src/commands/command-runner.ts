/** The programs that an appliance is made of. They are found once, at the start, by absolute path. */
export const PROGRAMS = [
  'ip',
  'nft',
  'nsenter',
  'unshare',
  'cat',
  'env',
  'mount',
  'mkdir',
  'kill',
  'sysctl',
  'tc',
  'conntrack',
  'dnsmasq',
  'wg',
  'wireguard-go',
  'haproxy',
  'ovs-vsctl',
  'ovs-appctl',
  'ethtool',
  'socat',
  'setpriv',
  'keepalived',
] as const;

/** One of {@link PROGRAMS}. */
export type ProgramName = (typeof PROGRAMS)[number];

/** A program with its arguments, to be started without a shell, and what it reads from standard input. */
export interface CommandLine {
  readonly program: ProgramName;
  readonly arguments: readonly string[];
  /** Secrets come this way only: arguments are seen by everyone on the machine. */
  readonly input?: string | undefined;
  /** What it reads instead where that is no text. */
  readonly inputBytes?: Uint8Array | undefined;
}

/** How a program ended. */
export interface CommandResult {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  /** At most 64 KiB. */
  readonly stderr: string;
}

/** A program that goes on until it is stopped: `nft -i`, a monitor. */
export interface RunningCommand {
  /** Of its first process, on the machine that runs it. */
  readonly pid: number;
  write(what: string | Uint8Array): void;
  /** What it prints on standard output, as it comes. */
  onOutput(listener: (text: string) => void): void;
  /** What it prints on standard error, as it comes. */
  onComplaint(listener: (text: string) => void): void;
  /** Called once when it has ended, or could not be started. */
  onEnd(listener: () => void): void;
  /** Kills it. May be called at any time, any number of times. */
  stop(): void;
}

/**
 * Runs programs where the appliance is: on this machine, in a sandbox of namespaces, or in a virtual machine. Every
 * effect of the agent on the network goes through here, so that it can be stopped at each of them.
 */
export interface CommandRunner {
  /**
   * Runs to the end, whatever the exit code. Throws the signal's reason when that aborts (the program is killed), and a
   * DriverFailure for a program that is not there.
   */
  run(command: CommandLine, signal: AbortSignal): Promise<CommandResult>;
  /** Starts what goes on by itself. */
  start(command: CommandLine): RunningCommand;
  readonly files: ApplianceFiles;
}

/** Files where the appliance is, by absolute path: leases, configurations. */
export interface ApplianceFiles {
  /** The text, or undefined where there is none. */
  read(path: string): Promise<string | undefined>;
  /** Writes whole or not at all, for its owner only. Makes the folder. */
  write(path: string, text: string): Promise<void>;
  /** Removes a file, or a folder with all that is in it. Nothing there is success. */
  remove(path: string): Promise<void>;
  /** The names in a folder; none where it isn't there. */
  list(folder: string): Promise<readonly string[]>;
}
