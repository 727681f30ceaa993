/** What `--help` says. */
export const HELP = `Usage: driver-nfs-vhd <command> [options] <files>

Works with VHD files: fixed, dynamic and differencing, whoever wrote them.

  info FILE                 what a file says of itself
  chain FILE                the file and its ancestors, the leaf first
  check FILE...             look for damage; says what each means and what is at stake
      --depth DEPTH         structure, bitmaps (default) or data, which reads all of it
      --chain               its ancestors too
  repair FILE               mend what has one right outcome; keeps what it overwrites in FILE.before-repair
      --dry-run             only say what would be done
      --not-in-use          no host has it open: write a footer again that XenServer has overwritten
      --trust first|last    which footer counts where they contradict each other
  create FILE               make a disk
      --size SIZE           40G, 512M or bytes; a multiple of 2 MiB up to 2040G
      --type TYPE           dynamic (default) or fixed
      --parent FILE         a thin copy of this one, which has to be in the same folder
      --room SIZE           how far it may grow later
      --uuid UUID           default: a new one
      --hidden              as the base of others
  convert FROM TO           copy a disk, its whole chain; zeros take no room
      --from, --to FORMAT   raw or vhd; default: by the name (.vhd is vhd)
      --size, --room, --uuid, --hidden   as for create
  coalesce CHILD            copy what a child holds into its parent, in place
      --parent FILE         default: where the child says, in its own folder
  verify SHARE|FILE         look at structure, chains and data of a share, or of one file on it: data of hidden disks
                            and snapshots by their checksums; servers may run meanwhile
      --repair              mend damaged blocks from other files that hold them; the old file goes to the trash
      --copies DIR          another share that may have copies; may be repeated
  sum SHARE|FILE            make the checksums that are missing, and verify the others

  --parents DIR             where ancestors lie; default: the folder of the file
  --json                    one JSON object on standard output, errors too
  --help                    this

Nothing is ever overwritten: a file to be made must not exist.
Exit codes: 0 done, 1 damage found or left, 2 wrong usage, 3 not fit for the command, 4 refused by the system, 130 interrupted.
`;
