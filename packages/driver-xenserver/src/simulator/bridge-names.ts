/** Names of the bridges that XAPI makes up: numbers go up, and those of networks that are gone do not come back. */
export class BridgeNames {
  // A fresh host has used up the first one.
  #next = 1;

  /** The next name that no network has. */
  next(taken: ReadonlySet<string>): string {
    let name = '';
    do {
      name = `xapi${this.#next}`;
      this.#next += 1;
    } while (taken.has(name));
    return name;
  }
}
