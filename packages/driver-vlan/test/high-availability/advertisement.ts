/** An advertisement of VRRP, of this priority; 0 resigns. */
export function advertisement(routerId: number, priority: number): Buffer {
  const ip = Buffer.from('450000200000400040700000c0000201e0000012', 'hex');
  const vrrp = Buffer.from([0x31, routerId, priority, 1, 0, 20, 0, 0, 169, 254, 254, 77]);
  const ethernet = Buffer.from(`01005e0000120200000000010800`, 'hex');
  return Buffer.concat([ethernet, ip, vrrp, Buffer.alloc(20)]);
}
