import type { ResourceType } from '@gdcloud/core';

export interface OptionsFound {
  readonly name: string;
  readonly module: string;
  readonly link: string;
}

export function writeReference(): Promise<void>;
export function declaredPages(
  types: readonly ResourceType[],
  options: readonly OptionsFound[],
): Promise<ReadonlyMap<string, string>>;
export function typesOfCloud(): readonly ResourceType[];
