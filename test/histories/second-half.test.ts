import { playAll } from './support/play-all';

playAll(1, 2);
