/** A small picture of a figure, in the colour of the text around it. */

import type { Avatar } from "../profile.js";

const SVG = "http://www.w3.org/2000/svg";

/** Body and head of each kind, as SVG paths in 48 by 64. */
const SHAPES: Readonly<Record<Avatar, readonly [string, string]>> = {
  round: ["M24 33c9 0 14 9 14 17s-5 11-14 11s-14-3-14-11s5-17 14-17z", "M24 5c10 0 16 6 16 14.5s-6 14.5-16 14.5s-16-6-16-14.5s6-14.5 16-14.5z"],
  robot: ["M14 35h20a4 4 0 0 1 4 4v18a4 4 0 0 1-4 4h-20a4 4 0 0 1-4-4v-18a4 4 0 0 1 4-4z", "M23 2h2v5h9a6 6 0 0 1 6 6v14a6 6 0 0 1-6 6h-20a6 6 0 0 1-6-6v-14a6 6 0 0 1 6-6h9z"],
  fox: ["M24 33c8 0 12 9 12 17s-4 11-12 11s-12-3-12-11s4-17 12-17z", "M10 3l9 6q5-1 10 0l9-6l1.5 14c1 9-7 17-15.5 17s-16.5-8-15.5-17z"],
  ghost: ["M24 30c9 0 13 9 14 30l-5-3l-4.5 4l-4.5-4l-4.5 4l-4.5-4l-5 3c1-21 5-30 14-30z", "M24 4c9 0 15 6 15 15s-6 15-15 15s-15-6-15-15s6-15 15-15z"],
};

/** Append the picture to `parent`. */
export function addFigure(parent: HTMLElement, avatar: Avatar): void {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("class", "figure");
  picture.setAttribute("viewBox", "0 0 48 64");
  picture.setAttribute("aria-hidden", "true");
  const [body, head] = SHAPES[avatar];
  const draw = (path: string, className: string): void => {
    const shape = document.createElementNS(SVG, "path");
    shape.setAttribute("d", path);
    shape.setAttribute("class", className);
    picture.append(shape);
  };
  draw(body, "body");
  draw(head, "head");
  draw("M18.5 17.5v4M29.5 17.5v4", "eyes");
  draw("M20 26q4 3 8 0", "smile");
  parent.append(picture);
}
