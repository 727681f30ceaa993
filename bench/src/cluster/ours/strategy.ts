/** How kernels share work among them: a znode a resource, or leases of 256 partitions. */
export type Strategy = 'resource' | 'partition';
