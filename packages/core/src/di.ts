// tsyringe throws at import unless a Reflect polyfill was evaluated before it, hence this one door to it.
import 'reflect-metadata';
import type { DependencyContainer } from 'tsyringe';

export {
  container as rootContainer,
  type DependencyContainer,
  type InjectionToken,
} from 'tsyringe';

/**
 * Adds to a cloud: registers providers under exported tokens, and nothing else. Called once per kernel, before it
 * starts; the container is that kernel's own, and takes nothing more once all plug-ins were called. Where two fill one
 * port, whoever puts the cloud together has to allow it.
 */
export type Plugin = (container: DependencyContainer) => void;
