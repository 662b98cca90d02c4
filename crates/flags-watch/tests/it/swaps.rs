//! Links and folders on the way to the file, swapped as Kubernetes, git-sync and deployments do. Mission B3.

use std::fs;

use flags_watch::{Failure, Origin, ReadError};

use crate::support::{Live, Place, both_ways, link, relink, replace, write};

/// The layout of a mounted ConfigMap: `flags.toml -> ..data/flags.toml`, `..data -> ..<time>`.
fn config_map(place: &Place, generation: u32, text: &str) {
    let data = format!("..2026_{generation}");
    fs::create_dir(place.path(&data)).unwrap();
    write(&place.path(&data).join("flags.toml"), text);
    relink(&data, &place.path("..data"));
    if generation == 0 {
        link("..data/flags.toml", &place.path("flags.toml"));
    } else {
        fs::remove_dir_all(place.path(&format!("..2026_{}", generation - 1))).unwrap();
    }
}

#[test]
fn case_7_config_map_swapped_with_the_old_folder_removed() {
    both_ways(|options| {
        let place = Place::new();
        config_map(&place, 0, "0");
        let file = Live::file(&place.path("flags.toml"), options.clone(), "0");
        let folder = Live::start(Origin::at(place.folder.path()), options, "0");
        for generation in 1..=4 {
            config_map(&place, generation, &generation.to_string());
            file.expect_text(&generation.to_string());
            folder.expect_text(&generation.to_string());
        }
    });
}

#[test]
fn case_9_git_sync_swaps_the_link_of_a_folder() {
    both_ways(|options| {
        let place = Place::new();
        let checkout = |revision: u32| {
            let folder = place.path(&format!("rev-{revision}"));
            fs::create_dir_all(folder.join("conf")).unwrap();
            write(&folder.join("conf/flags.toml"), &revision.to_string());
            relink(format!("rev-{revision}"), &place.path("current"));
        };
        checkout(0);
        let live = Live::file(&place.path("current/conf/flags.toml"), options, "0");
        for revision in 1..=4 {
            checkout(revision);
            live.expect_text(&revision.to_string());
        }
        write(&place.path("rev-4/conf/flags.toml"), "edited");
        live.expect_text("edited");
    });
}

#[test]
fn case_10_the_folder_is_replaced_and_then_edited() {
    both_ways(|options| {
        let place = Place::new();
        let conf = place.path("conf");
        fs::create_dir(&conf).unwrap();
        write(&conf.join("flags.toml"), "one");
        let live = Live::file(&conf.join("flags.toml"), options, "one");
        for round in 0..3 {
            let new = place.path("new");
            fs::create_dir(&new).unwrap();
            write(&new.join("flags.toml"), &format!("moved in {round}"));
            fs::rename(&conf, place.path(&format!("old-{round}"))).unwrap();
            fs::rename(&new, &conf).unwrap();
            live.expect_text(&format!("moved in {round}"));
            // The old folder is watched no longer, and the new one is.
            write(&place.path(&format!("old-{round}/flags.toml")), "bad: of no concern");
            write(&conf.join("flags.toml"), &format!("edited {round}"));
            live.expect_text(&format!("edited {round}"));
        }
    });
}

#[test]
fn case_10_the_folder_is_deleted_and_made_again() {
    both_ways(|options| {
        let place = Place::new();
        let conf = place.path("conf");
        fs::create_dir(&conf).unwrap();
        write(&conf.join("flags.toml"), "one");
        let live = Live::file(&conf.join("flags.toml"), options, "one");
        for text in ["two", "three"] {
            fs::remove_dir_all(&conf).unwrap();
            live.expect_failure();
            fs::create_dir(&conf).unwrap();
            write(&conf.join("flags.toml"), text);
            live.expect_text(text);
        }
    });
}

#[test]
fn case_11_a_chain_of_links_is_followed_at_every_step() {
    both_ways(|options| {
        let place = Place::new();
        for folder in ["a", "b", "c"] {
            fs::create_dir(place.path(folder)).unwrap();
        }
        write(&place.path("c/real.toml"), "one");
        link("../c/real.toml", &place.path("b/second.toml"));
        link(place.path("b/second.toml"), &place.path("a/first.toml"));
        let live = Live::file(&place.path("a/first.toml"), options, "one");
        write(&place.path("c/real.toml"), "in place at the end");
        live.expect_text("in place at the end");
        replace(&place.path("c/real.toml"), "renamed at the end");
        live.expect_text("renamed at the end");
        write(&place.path("c/other.toml"), "another end");
        relink("../c/other.toml", &place.path("b/second.toml"));
        live.expect_text("another end");
        replace(&place.path("a/first.toml"), "no link any more");
        live.expect_text("no link any more");
    });
}

#[test]
fn case_11_links_to_nothing_and_in_circles() {
    both_ways(|options| {
        let (place, path) = Place::with_file("one");
        let live = Live::file(&path, options, "one");
        relink("nowhere", &path);
        let dangling = ReadError::Dangling { path: path.clone(), target: "nowhere".into() };
        assert_eq!(live.expect_failure(), Failure::Unreadable(dangling));
        relink("flags.toml", &path);
        assert_eq!(live.expect_failure(), Failure::Unreadable(ReadError::LinkLoop { path: path.clone() }));
        write(&place.path("real.toml"), "two");
        relink("real.toml", &path);
        live.expect_text("two");
    });
}
