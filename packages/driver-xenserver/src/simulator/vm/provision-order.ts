import { XapiFault } from '../fault.js';

/** A disk that a template's `other_config:disks` asks for. */
export interface ProvisionedDisk {
  readonly device: string;
  readonly bytes: number;
  /** Uuid of the repository. */
  readonly repository: string;
  readonly bootable: boolean;
  readonly type: 'system' | 'user' | 'ephemeral' | 'suspend' | 'crashdump';
}

const TYPES = ['user', 'ephemeral', 'suspend', 'crashdump'] as const;

function unreadable(reason: string): XapiFault {
  return new XapiFault('INTERNAL_ERROR', reason);
}

function readDisk(text: string): ProvisionedDisk {
  const attributes = new Map(
    [...text.matchAll(/([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(
      ([, name = '', double, single]) => [name, double ?? single ?? ''],
    ),
  );
  const [device, size, repository, bootable] = ['device', 'size', 'sr', 'bootable'].map((name) =>
    attributes.get(name),
  );
  const complete =
    device !== undefined &&
    repository !== undefined &&
    bootable !== undefined &&
    /^\d+$/.test(size ?? '');
  if (!complete) throw unreadable('Xapi_templates.Parse_failure');
  return {
    device,
    bytes: Number(size),
    repository,
    bootable: bootable === 'true',
    type: TYPES.find((type) => type === attributes.get('type')) ?? 'system',
  };
}

/** Reads `other_config:disks`: `<provision><disk device="0" size="…" sr="…" bootable="true" type="system"/></provision>`. */
export function readProvisionOrder(text: string): readonly ProvisionedDisk[] {
  const found =
    /^\s*(?:<\?xml[^>]*\?>\s*)?<provision\s*(?:\/>|>([\s\S]*)<\/provision\s*>)\s*$/.exec(text);
  if (found === null) {
    throw unreadable(
      text.trimStart().startsWith('<')
        ? 'Xapi_templates.Parse_failure'
        : 'XML Error: expected root element line 1',
    );
  }
  const [, body = ''] = found;
  const elements = body.replace(/<!--[\s\S]*?-->/g, '').match(/<[^>]*>/g) ?? [];
  const disks = elements.filter((element) => !/^<\/disk\s*>$/.test(element));
  if (disks.some((element) => !/^<disk[\s/>]/.test(element)))
    throw unreadable('Xapi_templates.Parse_failure');
  return disks.map(readDisk);
}
