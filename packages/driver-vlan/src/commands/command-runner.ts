/** The programs that an appliance is made of. They are found once, at the start, by absolute path. */
export type ProgramName =
  | 'ip'
  | 'nft'
  | 'nsenter'
  | 'sysctl'
  | 'bridge'
  | 'tc'
  | 'conntrack'
  | 'dnsmasq'
  | 'wg'
  | 'wireguard-go'
  | 'haproxy'
  | 'ovs-vsctl';

/** A program with its arguments, to be started without a shell, and what it reads from standard input. */
export interface CommandLine {
  readonly program: ProgramName;
  readonly arguments: readonly string[];
  /** Secrets come this way only: arguments are seen by everyone on the machine. */
  readonly input?: string | undefined;
}

/** How a program ended. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  /** At most 64 KiB. */
  readonly stderr: string;
}

/** A program that goes on until it is stopped: `nft -i`, a monitor. */
export interface RunningCommand {
  write(text: string): void;
  onOutput(listener: (text: string) => void): void;
  readonly ended: Promise<CommandResult>;
  stop(): void;
}

/**
 * Runs programs where the appliance is: on this machine, in a sandbox of namespaces, or in a virtual machine. Every
 * effect of the agent on the network goes through here, so that it can be stopped at each of them.
 */
export interface CommandRunner {
  /** Runs to the end, whatever the exit code. Rejects with the signal's reason when that aborts (the program is killed), and for programs that are not there. */
  run(command: CommandLine, signal: AbortSignal): Promise<CommandResult>;
  /** Starts what goes on by itself. */
  start(command: CommandLine): RunningCommand;
  /** Files of the appliance: leases, configurations; written whole or not at all. */
  readonly files: ApplianceFiles;
}

/** Files where the appliance is, by absolute path. */
export interface ApplianceFiles {
  /** The text, or undefined where there is none. */
  read(path: string): Promise<string | undefined>;
  /** Writes under another name and renames; mode 0600. Makes the folder. */
  write(path: string, text: string): Promise<void>;
  /** Succeeds where there is none. */
  remove(path: string): Promise<void>;
  /** The names in a folder; none where it isn't there. */
  list(folder: string): Promise<readonly string[]>;
}
