/** First windows of a whole fleet: a compiled policy gives equal definitions and freezes to thousands of runtimes. */
import type { FrozenSpan, WindowDefinition } from './maintenance-policy.ts';
import { firstWindow, type FirstWindow } from './policy-windows.ts';

/** As `firstWindow`, from `fromMs`, in ms since the epoch. */
export type FirstOf = (
  definition: WindowDefinition,
  freezes: readonly FrozenSpan[],
  fromMs: number,
) => FirstWindow;

/** Remembers the answers by definition and freezes, as the objects that they are. `untilMs` is in ms since the epoch. */
export function firstWindows(untilMs: number): FirstOf {
  const known = new WeakMap<WindowDefinition, WeakMap<readonly FrozenSpan[], Map<number, FirstWindow>>>();
  return (definition, freezes, fromMs) => {
    const ofDefinition =
      known.get(definition) ?? new WeakMap<readonly FrozenSpan[], Map<number, FirstWindow>>();
    const ofFreezes = ofDefinition.get(freezes) ?? new Map<number, FirstWindow>();
    const first = ofFreezes.get(fromMs) ?? firstWindow(definition, freezes, fromMs, untilMs);
    known.set(definition, ofDefinition.set(freezes, ofFreezes.set(fromMs, first)));
    return first;
  };
}
