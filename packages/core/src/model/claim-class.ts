const LEAVING = '@leaving';

/** The class under which a claim stays charged at the place that its owner is leaving, beside the claim at the new one. */
export function leaving(className: string): string {
  return `${className}${LEAVING}`;
}

/** The class of the capacity that a claim is charged to: a claim that is leaving takes room like any other. */
export function capacityClass(claimClass: string): string {
  return claimClass.endsWith(LEAVING) ? claimClass.slice(0, -LEAVING.length) : claimClass;
}
