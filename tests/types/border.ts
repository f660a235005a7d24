// The border by hand against the declarations wasm-bindgen generates: a name, an argument or an answer that drifts
// apart does not compile. Reached by path, since neither is public.
import type { Core, DoorHandle, SessionHandle } from '../../pkg/dist/core/border.js';
import type * as glue from '../../pkg/wasm/core.js';

declare const door: glue.DoorHandle;
declare const session: glue.SessionHandle;
declare const openDoor: typeof glue.openDoor;

export const drift: { core: Core; door: DoorHandle; session: SessionHandle } = { core: { openDoor }, door, session };

/** And nothing is exported that the border does not know. */
type Extra<Generated, Known> = Exclude<keyof Generated, keyof Known | typeof Symbol.dispose>;
export const extra: [Extra<glue.DoorHandle, DoorHandle>, Extra<glue.SessionHandle, SessionHandle>] extends [
  never,
  never,
]
  ? true
  : never = true;
