// Where everybody stands: the matrix of positions, how the text converges, packages and links.

import { Convergence } from "./convergence-chart.tsx";
import { PositionMatrix } from "./position-matrix.tsx";
import { Packages } from "./packages.tsx";

export function PositionsTab() {
  return (
    <div class="neg-tab">
      <PositionMatrix />
      <Packages />
      <Convergence />
    </div>
  );
}
