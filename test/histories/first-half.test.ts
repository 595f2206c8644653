import { playAll } from './support/play-all';

playAll(0, 2);
