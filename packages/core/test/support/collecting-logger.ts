import type { Logger } from '@gdcloud/core';

/** A line that was logged. */
export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly data: object;
  readonly message: string;
}

/** A logger that keeps what it is told. */
export function collectingLogger(): Logger & { readonly lines: Line[] } {
  const lines: Line[] = [];
  const at =
    (level: Line['level']) =>
    (data: object, message: string): void => {
      lines.push({ level, data, message });
    };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
