use super::Story;
use crate::lab::flow::FLOW;

fn steps(story: &Story) -> Vec<usize> {
    story.rows().filter_map(|row| row.step).collect()
}

#[test]
fn the_nineteen_steps_are_found_in_the_traffic_in_their_order() {
    let mut story = Story::default();
    story.history.follow(Some(0));
    story.whole_flow();
    assert_eq!(steps(&story), (1..=19).collect::<Vec<_>>());
    for row in story.rows() {
        if let Some(step) = row.step {
            let step = &FLOW[step - 1];
            assert_eq!((row.what, (row.from, row.to)), (step.what, step.lanes), "{}", row.text);
        }
    }
    assert_eq!(story.history.followed(), 19);
    story.ask(3, 200);
    assert_eq!(steps(&story).len(), 19, "nothing comes after the last one");
}

#[test]
fn nothing_has_a_number_without_a_tour() {
    let mut story = Story::default();
    story.whole_flow();
    assert!(steps(&story).is_empty());
    story.history.follow(Some(3));
    story.ask(3, 200);
    story.history.follow(None);
    story.ask(3, 200);
    assert_eq!(steps(&story), [4, 5, 6]);
}
