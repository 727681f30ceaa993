/** What OCaml's `int_of_string` takes: XAPI reads device numbers with it. */
const INTEGER = /^[-+]?(0x[\da-f][\da-f_]*|0o[0-7][0-7_]*|0b[01][01_]*|(0u)?\d[\d_]*)$/i;
const DISK = /^(sd|xvd|hd)([a-p])(.*)$/;
const FLOPPY = /^fd([ab])(.*)$/;

/** Where a guest finds a drive: two drives of a VM never share a place. */
export interface DevicePlace {
  readonly bus: 'xen' | 'scsi' | 'ide' | 'floppy';
  readonly disk: number;
}

/** Whether XAPI takes `text` for a number. */
export function isInteger(text: string): boolean {
  return INTEGER.test(text);
}

/** The number that XAPI takes `text` for; undefined when it takes it for none. */
export function integerIn(text: string): number | undefined {
  if (!isInteger(text)) return undefined;
  const digits = text.replace(/_/g, '').replace(/^([-+]?)0u/i, '$1');
  const [, sign, rest = ''] = /^([-+]?)(.*)$/.exec(digits) ?? [];
  return sign === '-' ? -Number(rest) : Number(rest);
}

/** Whether `VBD.create` takes `userdevice`: a number, a name in any of the usual schemes, or `autodetect`. */
export function isDeviceName(userdevice: string, type: string): boolean {
  if (userdevice === 'autodetect') return true;
  const [, , , disk] = DISK.exec(userdevice) ?? [];
  const [, , floppy] = FLOPPY.exec(userdevice) ?? [];
  const partition = disk ?? floppy;
  if (partition !== undefined) return partition === '' || isInteger(partition);
  return type !== 'Floppy' && isInteger(userdevice);
}

const BUSES = { sd: 'scsi', xvd: 'xen', hd: 'ide' } as const;

/** The place that `userdevice` means; undefined when it means none. */
export function placeOf(userdevice: string): DevicePlace | undefined {
  const [, scheme, letter] = DISK.exec(userdevice) ?? [];
  if (letter !== undefined && (scheme === 'sd' || scheme === 'xvd' || scheme === 'hd')) {
    return { bus: BUSES[scheme], disk: letter.charCodeAt(0) - 97 };
  }
  const [, floppy] = FLOPPY.exec(userdevice) ?? [];
  if (floppy !== undefined) return { bus: 'floppy', disk: floppy.charCodeAt(0) - 97 };
  const number = integerIn(userdevice);
  return number === undefined || number < 0 ? undefined : { bus: 'xen', disk: number };
}

/** Whether two drives of one VM with these names would get into each other's way. */
export function sameDevice(one: string, other: string): boolean {
  const [left, right] = [placeOf(one), placeOf(other)];
  if (left === undefined || right === undefined) return one === other;
  return left.bus === right.bus && left.disk === right.disk;
}

/** What a drive is called inside a guest: `xvda`, and after `xvdz` comes `xvdaa`. */
export function deviceName(userdevice: string): string {
  const place = placeOf(userdevice);
  if (place === undefined) return userdevice;
  let letters = '';
  for (let rest = place.disk + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCharCode(97 + ((rest - 1) % 26)) + letters;
  }
  return `xvd${letters}`;
}

/** How many disks of a fully virtualised guest its emulator shows too: those it can't show read-only. */
const EMULATED_DISKS = 4;

/** Whether a fully virtualised guest's emulator shows the disk. */
export function isEmulated(userdevice: string): boolean {
  const place = placeOf(userdevice);
  return place !== undefined && place.disk < EMULATED_DISKS && place.bus !== 'scsi';
}
