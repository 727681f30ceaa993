/** The part of every disk in the outside world: its file on a share. Of volumes, snapshots, images and their copies. */
export const DISK_FILE = 'file';
