/** A setting that can't be used, named with what it should be. */
export class InvalidSetting extends Error {
  override readonly name = 'InvalidSetting';

  constructor(variable: string, problem: string) {
    super(`${variable} ${problem}`);
  }
}
