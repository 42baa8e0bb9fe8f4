// A component that is drawn again only when one of its properties is another one, or its own state changes.

import { Component, type ComponentChildren, type FunctionComponent, createElement } from "preact";

export function memo<P extends object>(draw: FunctionComponent<P>): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const old = this.props as P;
      for (const name in next) if (!Object.is(old[name], next[name])) return true;
      for (const name in old) if (!(name in next)) return true;
      return false;
    }

    // The hooks of `draw` belong to a component of their own: here they would be silenced by shouldComponentUpdate.
    override render(): ComponentChildren {
      return createElement(draw, this.props as P);
    }
  }
  return Memo as unknown as FunctionComponent<P>;
}
