/** Where the object plans of a stack stand in its graph. Pure. */
import { Graph, layout, type EdgeLabel, type GraphLabel, type NodeLabel, type Point } from '@dagrejs/dagre';
import { inOrder, type OrderedPlan } from './part-order.ts';

/** A box of a plan, by its left upper corner, in px. */
export interface Box {
  plan: OrderedPlan['plan'];
  x: number;
  y: number;
}

/** From what has to be there first to what comes after it. */
export interface Arrow {
  from: string;
  to: string;
  /** Its way, as SVG has it. */
  path: string;
}

export interface StackGraph {
  width: number;
  height: number;
  boxes: Box[];
  arrows: Arrow[];
}

export const BOX = { width: 190, height: 64 };
/** Room for the line around a box. */
const MARGIN = 2;

/** From left to right in the order of a start. */
export function graphOf(stack: Parameters<typeof inOrder>[0]): StackGraph {
  const plans = inOrder(stack);
  const graph = new Graph<GraphLabel, NodeLabel, EdgeLabel>();
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 44, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { plan } of plans) graph.setNode(plan.label, { ...BOX });
  const isThere = new Set(plans.map(({ plan }) => plan.label));
  for (const { plan, after } of plans)
    for (const label of after) if (isThere.has(label)) graph.setEdge(label, plan.label);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    ...{ width, height },
    boxes: plans.map(({ plan }) => {
      const { x = 0, y = 0 } = graph.node(plan.label);
      return { plan, x: x - BOX.width / 2, y: y - BOX.height / 2 };
    }),
    arrows: graph.edges().map((edge: { v: string; w: string }) => {
      const { x: right = 0, y: begin = 0 } = graph.node(edge.v);
      const { x: left = 0, y: end = 0 } = graph.node(edge.w);
      // In the middle of their sides: a line that came from above would cross the box that stands there.
      const between: Point[] = (graph.edge(edge).points ?? []).slice(1, -1);
      const points = [
        { x: right + BOX.width / 2, y: begin },
        ...between,
        { x: left - BOX.width / 2, y: end },
      ];
      return { from: edge.v, to: edge.w, path: pathOf(points) };
    }),
  };
}

function pathOf(points: readonly Point[]): string {
  return points.map(({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}
