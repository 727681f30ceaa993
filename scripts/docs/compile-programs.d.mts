export function compilePrograms(folder: string, files: readonly string[]): Promise<string>;
