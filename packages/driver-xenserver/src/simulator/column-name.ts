/** The namespaces that the database spells apart from the rest of a field's name (shared/data/pool-dump-*.xml). */
const NAMESPACED = /^(name|io|qos|HVM|PV|VCPUs|actions|memory|API_version)_(?=.)/;

/** What the database calls a field; some faults name fields so: `VCPUs__params`, `other_config`. */
export function columnName(className: string, field: string): string {
  return className === 'VM_guest_metrics' ? field : field.replace(NAMESPACED, '$1__');
}
