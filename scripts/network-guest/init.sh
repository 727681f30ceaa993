#!/bin/busybox sh
# Started by the kernel as /init of the file system that network-kernels.mjs makes.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
/bin/busybox --install -s /applets
B=/bin/busybox
$B mount -t proc proc /proc; $B mount -t sysfs sys /sys; $B mount -t devtmpfs dev /dev; $B mount -t tmpfs run /run
$B mkdir -p /run/netns /run/wireguard /dev/pts; $B mount -t devpts devpts /dev/pts
for module in $($B cat /mods/order); do $B insmod "/mods/$module" || echo "insmod failed: $module"; done
ip link set dev lo up
exec perl /serve.pl
