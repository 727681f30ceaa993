/**
 * A call of the file system has not come back in time, or was not begun because too many others have not. Nothing takes a
 * call back that the kernel has: what was `begun` may still happen.
 */
export class CallHangs extends Error {
  override readonly name = 'CallHangs';
  readonly state: 'begun' | 'notBegun';

  constructor(state: 'begun' | 'notBegun') {
    super(
      state === 'begun'
        ? 'the file system has not answered in time'
        : 'the file system has not answered earlier calls',
    );
    this.state = state;
  }
}
