import t from 'tap';
import {
  deviceName,
  integerIn,
  isDeviceName,
  isEmulated,
  placeOf,
  sameDevice,
} from '../../dist/simulator/device-number.js';

t.test('drives are named as XAPI takes it', async (t) => {
  for (const name of [
    '0',
    '254',
    '-1',
    '0x1f',
    '1_0',
    'xvda',
    'sdp',
    'hdd',
    'sda1',
    'fda',
    'autodetect',
  ])
    t.ok(isDeviceName(name, 'Disk'), name);
  for (const name of ['', 'abc', 'sr0', 'xvdz', 'fdc', '1.5', 'sdax'])
    t.notOk(isDeviceName(name, 'Disk'), name);
  t.notOk(isDeviceName('3', 'Floppy'), 'a floppy has no number');
});

t.test('two names of one place clash, those of other buses do not', async (t) => {
  t.ok(sameDevice('0', 'xvda'));
  t.ok(sameDevice('16', '0x10'));
  t.notOk(sameDevice('0', 'sda'));
  t.notOk(sameDevice('0', 'hda'));
  t.notOk(sameDevice('0', '1'));
  t.ok(sameDevice('-1', '-1'), 'what means no place is compared by name');
  t.equal(placeOf('-1'), undefined);
});

t.test('guests see letters, and two of them after the twenty-sixth', async (t) => {
  t.equal(deviceName('0'), 'xvda');
  t.equal(deviceName('hdd'), 'xvdd');
  t.equal(deviceName('25'), 'xvdz');
  t.equal(deviceName('26'), 'xvdaa');
  t.equal(deviceName('254'), 'xvdiu');
});

t.test('numbers are read as OCaml reads them', async (t) => {
  t.equal(integerIn('0b101'), 5);
  t.equal(integerIn('-0x10'), -16);
  t.equal(integerIn('01'), 1);
  t.equal(integerIn('1_000'), 1000);
  t.equal(integerIn('one'), undefined);
});

t.test('the emulator of a guest shows the first four disks', async (t) => {
  t.ok(isEmulated('3'));
  t.notOk(isEmulated('4'));
});
