import type { CommandRunner, RunningCommand } from '@gdcloud/driver-vlan/agent';

type CommandLine = Parameters<CommandRunner['run']>[0];

/** What a process is given by whoever may kill it at each of its I/O points; the conformance kit's processes are such. */
export interface Doors {
  /** Makes each method of `port` an I/O point. All return promises. */
  io<Port extends object>(name: string, port: Port): Port;
  /** What the system does once the process is dead. */
  atEnd(work: () => void): void;
}

/**
 * A runner whose programs, files and lines for programs that go on are I/O points of a process. A line's point ends when it was
 * answered: who dies after it has had the effect, and never heard of it.
 */
export function runnerThrough(doors: Doors, runner: CommandRunner): CommandRunner {
  const programs = doors.io('programs', {
    run: (command: CommandLine, signal: AbortSignal) => runner.run(command, signal),
    start: async (command: CommandLine) => {
      const talk = new Talk(runner.start(command));
      doors.atEnd(() => talk.running.stop());
      return talk;
    },
  });
  const lines = doors.io('lines', {
    write: (text: string, talk: Talk): Promise<Heard> => talk.answerTo(text),
  });
  return {
    run: (command, signal) => programs.run(command, signal),
    files: doors.io('files', runner.files),
    start: (command) => new DoorTalk(programs.start(command), (...line) => lines.write(...line)),
  };
}

/** What a program has printed. */
interface Heard {
  readonly output: string;
  readonly complaint: string;
}

/** What `nft -i` prints after a set that it was asked for, or says of one that isn't there. */
const WHOLE_SET = /\}\s*\}\s*$/;
const NO_SET = /list set/;

/** A program that goes on, and what it prints: by itself, or in answer to a line. */
class Talk {
  readonly running: RunningCommand;
  ended = false;
  onHeard: (heard: Heard) => void = () => {};
  onEnd: () => void = () => {};
  #asked:
    | { output: string; complaint: string; readonly answer: (heard: Heard) => void }
    | undefined;

  constructor(running: RunningCommand) {
    this.running = running;
    running.onOutput((output) => this.#hear({ output, complaint: '' }));
    running.onComplaint((complaint) => this.#hear({ output: '', complaint }));
    running.onEnd(() => {
      this.ended = true;
      this.#asked?.answer(this.#asked);
      this.onEnd();
    });
  }

  answerTo(text: string): Promise<Heard> {
    return new Promise((resolve) => {
      this.#asked = { output: '', complaint: '', answer: resolve };
      this.running.write(text);
      if (this.ended) resolve(this.#asked);
    });
  }

  #hear(heard: Heard): void {
    const asked = this.#asked;
    if (asked === undefined) {
      this.onHeard(heard);
      return;
    }
    asked.output += heard.output;
    asked.complaint += heard.complaint;
    if (!WHOLE_SET.test(asked.output) && !NO_SET.test(asked.complaint)) return;
    this.#asked = undefined;
    asked.answer(asked);
  }
}

/** The same as its process has it: nothing comes of it but what came through the doors. */
class DoorTalk implements RunningCommand {
  readonly pid = 0;
  readonly #started: Promise<Talk>;
  readonly #write: (text: string, talk: Talk) => Promise<Heard>;
  readonly #outputs: ((text: string) => void)[] = [];
  readonly #complaints: ((text: string) => void)[] = [];
  readonly #ends: (() => void)[] = [];

  constructor(started: Promise<Talk>, write: (text: string, talk: Talk) => Promise<Heard>) {
    this.#write = write;
    this.#started = started.then((talk) => {
      talk.onHeard = (heard) => this.#tell(heard);
      talk.onEnd = () => this.#end();
      if (talk.ended) this.#end();
      return talk;
    });
    this.#started.catch(() => this.#end());
  }

  write(text: string): void {
    this.#started
      .then((talk) => this.#write(text, talk))
      .then(
        (heard) => this.#tell(heard),
        () => this.stop(),
      );
  }

  onOutput(listener: (text: string) => void): void {
    this.#outputs.push(listener);
  }

  onComplaint(listener: (text: string) => void): void {
    this.#complaints.push(listener);
  }

  onEnd(listener: () => void): void {
    this.#ends.push(listener);
  }

  stop(): void {
    this.#started.then(
      ({ running }) => running.stop(),
      () => {},
    );
  }

  #tell({ output, complaint }: Heard): void {
    if (output !== '') for (const listener of this.#outputs) listener(output);
    if (complaint !== '') for (const listener of this.#complaints) listener(complaint);
  }

  #end(): void {
    for (const listener of this.#ends.splice(0)) listener();
  }
}
