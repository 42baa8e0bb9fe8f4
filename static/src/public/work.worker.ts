// Does the work that a submission costs (portal/server/feedback/proof_of_work.py), beside the page.
import { solvePuzzle } from "./parts/puzzles.ts";

interface Task {
  work: string;
  cost: number;
  puzzles: number;
}

addEventListener("message", (event: MessageEvent<Task>) => {
  const { work, cost, puzzles } = event.data;
  for (let puzzle = 0; puzzle < puzzles; puzzle += 1) {
    postMessage(solvePuzzle(work, cost, puzzle));
  }
});
