//! Which language is told of what, and when none is.

use super::*;

#[test]
fn the_language_of_a_text_is_told() {
    let table = [
        ("The nightly backups of the database are failing again", Some("en")),
        ("Die nächtlichen Sicherungen der Datenbank schlagen wieder fehl", Some("de")),
        ("Les sauvegardes nocturnes de la base de données échouent encore", Some("fr")),
        ("Las copias de seguridad de la base de datos fallan otra vez", Some("es")),
        ("De nachtelijke back-ups van de database mislukken weer", Some("nl")),
        ("Ночные резервные копии базы данных снова не работают", Some("ru")),
        ("Резервне копије базе поново не раде због грешке њиховог диска", Some("sr")),
        ("Τα νυχτερινά αντίγραφα ασφαλείας αποτυγχάνουν", Some("el")),
        ("גיבויי הלילה של מסד הנתונים נכשלים שוב", Some("he")),
        ("די נאַכט־קאָפּיעס פֿון דער דאַטנבאַזע", Some("yi")),
        ("النسخ الاحتياطية الليلية تفشل مرة أخرى", Some("ar")),
        ("データベースの夜間バックアップがまた失敗しています", Some("ja")),
        ("数据库的夜间备份又失败了", Some("zh")),
        ("데이터베이스의 야간 백업이 다시 실패합니다", Some("ko")),
        ("การสำรองฐานข้อมูลตอนกลางคืนล้มเหลวอีกครั้ง", Some("th")),
        ("डेटाबेस का रात का बैकअप फिर से विफल हो रहा है", Some("hi")),
        ("Տվյալների բազայի գիշերային պահուստավորումը ձախողվում է", Some("hy")),
        // Too little to tell.
        ("backup", None),
        ("nginx reload", None),
        ("", None),
        ("12 34 56 78", None),
    ];
    for (text, expected) in table {
        assert_eq!(detect(text), expected, "`{text}`");
    }
}

#[test]
fn a_word_of_another_script_does_not_decide() {
    assert_eq!(detect("We met 田中 to talk about the new database and its backups"), Some("en"));
    assert_eq!(detect("PostgreSQLのバックアップを確認してください"), Some("ja"));
}

#[test]
fn the_28_languages_of_the_contract_and_five_more_are_known_by_their_codes() {
    let contract = "ar hy eu ca da nl en fi fr de el hi hu id ga it lt ne no pt ro ru sr es sv ta tr yi zh ja ko he th";
    for code in contract.split(' ') {
        assert_eq!(known(code), Some(code));
        assert_eq!(known(&code.to_uppercase()), Some(code));
    }
    assert_eq!(LANGUAGES.len(), 33);
    for wrong in ["", "xx", "english", "simple", "e n"] {
        assert_eq!(known(wrong), None, "`{wrong}`");
    }
}

#[test]
fn a_long_text_is_not_read_to_its_end_and_not_cut_inside_a_letter() {
    let long = format!("{}{}", "é".repeat(3_000), " the end of it all".repeat(10_000));
    detect(&long);
    assert_eq!(beginning(&long).len(), MOST_BYTES);
}

#[test]
fn a_language_without_words_here_is_named_and_one_with_words_is_not() {
    for (text, code) in [
        ("Bản sao lưu hàng đêm của cơ sở dữ liệu bị lỗi", Some("vi")),
        ("ღამის სარეზერვო ასლი ვერ შესრულდა", Some("ka")),
        ("রাতের ব্যাকআপ ব্যর্থ হয়েছে", Some("bn")),
        ("The nightly backups of the database are failing", None),
        ("バックアップが失敗しました", None),
        ("disk full", None),
        ("", None),
    ] {
        assert_eq!(unsupported(text), code, "{text}");
    }
}

#[test]
fn who_names_a_language_is_believed() {
    assert_eq!(crate::language_of(Some("DE"), "The nightly backups of the database"), Some("de"));
    assert_eq!(crate::language_of(Some("klingon"), "The nightly backups of the database"), Some("en"));
    assert_eq!(crate::language_of(None, "backup"), None);
}
