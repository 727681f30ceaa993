export {
  CERTIFICATE_A,
  CERTIFICATE_B,
  KEY_A,
  KEY_B,
  WEAK_CERTIFICATE,
  WEAK_KEY,
} from './certificates.js';
export { freePort, freePorts } from './free-ports.js';
export { missingService, type ServiceName } from './installed.js';
export { type MariadbService, startMariadb } from './mariadb.js';
export { type PostgresService, startPostgres } from './postgres.js';
export { type RedisOptions, startRedis } from './redis.js';
export type { Service, ServiceOptions } from './service.js';
export { startZookeeper, type ZookeeperOptions } from './zookeeper.js';
